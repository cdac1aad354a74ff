// Steps about the state of a container (store/), and about the files that its caller named.

import { attempt } from '../../host/attempt.ts';
import { makeDirectory, removeFile, writeAtomically } from '../../host/file-changes.ts';
import { parseContainerId } from '../../store/id.ts';
import { claim, prepareReady, removeContainer, save, saveConfig } from '../../store/store.ts';
import { answerText } from '../answer.ts';
import { runPoststop } from '../hooks.ts';
import { type ExecutorsOf, type Made, type Operation, processOf } from '../operation.ts';

type Op =
  | 'claim'
  | 'makeDirectory'
  | 'saveState'
  | 'saveInit'
  | 'prepareState'
  | 'publishState'
  | 'pidFile'
  | 'keepFilter';

export const stateExecutors: ExecutorsOf<Op> = {
  claim: {
    run: (_, { env, paths, state, undo }) => {
      claim(env.root, env.rootMode, paths, parseContainerId(state.id));
      undo.add(() => removeContainer(paths));
    },
  },
  makeDirectory: { run: ({ path, mode }) => void makeDirectory(path, mode) },
  saveState: {
    run: (_, operation) => {
      save(operation.paths, operation.state);
      saveConfig(operation.paths, madeOf(operation).config);
    },
    // Taken back after the cgroups are, and only once there was a container process.
    undo: async (_, { env, state }) => (state.init === null ? undefined : await runPoststop(env, state)),
  },
  saveInit: {
    run: (_, operation) => {
      operation.state = { ...operation.state, init: processOf(operation) };
      save(operation.paths, operation.state);
    },
  },
  prepareState: {
    run: (_, operation) => {
      const { paths, state } = operation;
      operation.state = { ...state, ready: true };
      operation.publish = prepareReady(paths, operation.state, answerText(operation.state, paths));
    },
  },
  publishState: { run: (_, { publish }) => publish() },
  pidFile: {
    run: ({ path }, operation) => {
      const { pid } = processOf(operation);
      attempt(path, `--pid-file: write "${path}"`, () => writeAtomically(path, String(pid), 0o644));
      operation.undo.add(() => removeFile(path));
    },
  },
  keepFilter: { run: (_, operation) => madeOf(operation).keepFilter() },
};

/** Throws for a script that makes no container. */
function madeOf({ made }: Operation): Made {
  if (made === null) throw new TypeError('this script makes no container');
  return made;
}
