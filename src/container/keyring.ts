// The session keyring of a container (keyrings(7)), which `exec` joins by its name.

/**
 * A name that nobody can know before: whoever had made a keyring of that name would share it with the container
 * (KEYCTL_JOIN_SESSION_KEYRING of keyctl(2)).
 */
export function newKeyringName(id: string): string {
  const random = [...crypto.getRandomValues(new Uint8Array(8))];
  return `_ses.${id}.${random.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
