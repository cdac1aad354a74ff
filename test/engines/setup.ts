// For each file: every hierarchy of cgroups is mounted, or containerd's shim finds none.

import { afterAll, beforeAll } from 'vitest';
import { mountMissingHierarchies } from '../support/hierarchy.ts';

let undo: () => void;

beforeAll(() => {
  undo = mountMissingHierarchies();
});

afterAll(() => undo());
