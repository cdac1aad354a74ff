// The session keyring of a container (keyrings(7)), which `exec` joins by its name.

import { randomDigits } from '../host/random.ts';

/**
 * A name that nobody can know before: whoever had made a keyring of that name would share it with the container
 * (KEYCTL_JOIN_SESSION_KEYRING of keyctl(2)).
 */
export function newKeyringName(id: string): string {
  return `_ses.${id}.${randomDigits()}`;
}
