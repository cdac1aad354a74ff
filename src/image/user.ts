// The user of an image (image-spec, config.md "User", conversion.md#configuser), by the image's own passwd(5) and group(5).

import { RuntimeError } from '../error/error.ts';

export type ImageUser = {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
};

type Account = { readonly name: string; readonly id: number; readonly fields: readonly string[] };

/**
 * USER or USER:GROUP, each a name or a number. Without a group the user's own counts, and its further groups, as in every engine. A
 * number is a number, whatever names there are. Throws INVALID_CONFIG for a name that the image does not have.
 */
export function userOf(text: string, passwd: string | null, group: string | null): ImageUser {
  const [, user = '', , groupName = ''] = /^([^:]*)(:(.*))?$/.exec(text) ?? [];
  const accounts = accountsIn(passwd);
  const groups = accountsIn(group);
  const wanted = numberOf(user === '' ? '0' : user);
  const account = accounts.find(({ name, id }) => (wanted === null ? name === user : id === wanted));
  if (account === undefined && wanted === null) throw unknown('user', user, text, '/etc/passwd');
  const uid = wanted ?? account?.id ?? 0;
  if (groupName !== '') {
    const gid = numberOf(groupName) ?? groups.find(({ name }) => name === groupName)?.id;
    if (gid === undefined) throw unknown('group', groupName, text, '/etc/group');
    return { uid, gid, additionalGids: [] };
  }
  const gid = numberOf(account?.fields[3] ?? '0') ?? 0;
  const additionalGids = groups
    .filter(({ fields }) => account !== undefined && (fields[3] ?? '').split(',').includes(account.name))
    .map(({ id }) => id);
  return { uid, gid, additionalGids: [...new Set(additionalGids)] };
}

/** "NAME:PASSWORD:ID:…" lines; those of another form are left out, as by every C library. */
function accountsIn(text: string | null): readonly Account[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const fields = line.trim().split(':');
    const id = numberOf(fields[2] ?? '');
    return id === null || line.startsWith('#') ? [] : [{ name: fields[0] ?? '', id, fields }];
  });
}

/** Null for what is no id. */
function numberOf(text: string): number | null {
  return /^[0-9]{1,10}$/.test(text) && Number(text) < 0xffffffff ? Number(text) : null;
}

function unknown(kind: 'user' | 'group', name: string, text: string, file: string): RuntimeError {
  return new RuntimeError(
    'INVALID_CONFIG',
    `the image runs as "${text}", and its ${file} has no ${kind} "${name}"`,
    { ref: '/config/User' },
  );
}
