// What Go clients write for "not set" (encoding/json) where the schema has no room for it.

import { isObject, type Json, type JsonObject, objectOf } from './json.ts';

/** Without members that are null, and without empty paths and a seccomp profile that says nothing. */
export function withoutUnset(document: Json): Json {
  const config = withoutNulls(document);
  if (!isObject(config) || !isObject(config.linux)) return config;
  const { namespaces, seccomp, ...linux } = config.linux;
  return {
    ...config,
    linux: {
      ...linux,
      ...(namespaces === undefined ? {} : { namespaces: withoutEmptyPaths(namespaces) }),
      ...(seccomp === undefined || saysNothing(seccomp) ? {} : { seccomp: without(seccomp, 'listenerPath') }),
    },
  };
}

/** A member that is null is as good as absent: that is how Go programs write empty lists. */
export function withoutNulls(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** runc takes such a profile for none. */
function saysNothing(seccomp: Json): boolean {
  const { defaultAction = '', syscalls = [] } = objectOf(seccomp);
  return isObject(seccomp) && defaultAction === '' && Array.isArray(syscalls) && syscalls.length === 0;
}

function withoutEmptyPaths(namespaces: Json): Json {
  return Array.isArray(namespaces) ? namespaces.map((entry) => without(entry, 'path')) : namespaces;
}

/** Without a member that is an empty text. */
function without(value: Json, name: string): Json {
  if (!isObject(value) || value[name] !== '') return value;
  const { [name]: _, ...rest }: JsonObject = value;
  return rest;
}
