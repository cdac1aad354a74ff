// When the seccomp filter of a process is loaded: as late as its rights allow (seccomp(2)).

import type { InitStep } from '../init/protocol.ts';
import { asksListener, filterFlags } from '../seccomp/profile.ts';
import type { Config } from '../spec/config.ts';

export type SeccompSteps = {
  /** Before it gives up capabilities: without noNewPrivileges the kernel demands CAP_SYS_ADMIN. */
  readonly early: readonly InitStep[];
  /** Once everything is known to be there that the program needs. */
  readonly late: readonly InitStep[];
  /** Just before execve(2), where no other system call needs to be allowed; no bytes for none. */
  readonly atExec: { readonly filter: Uint8Array; readonly flags: number };
};

/** `filter`: the compiled profile; null without one. */
export function seccompSteps({ linux, process }: Config, filter: Uint8Array | null): SeccompSteps {
  const nothing = { early: [], late: [], atExec: { filter: new Uint8Array(), flags: 0 } };
  const profile = linux?.seccomp;
  if (profile === undefined || filter === null) return nothing;
  const flags = filterFlags(profile);
  const step: InitStep = { op: 'seccomp', from: '/linux/seccomp', filter, flags };
  if (process?.noNewPrivileges !== true) return { ...nothing, early: [step] };
  // A listener is for an agent that is told of the container while it is created.
  return asksListener(profile) ? { ...nothing, late: [step] } : { ...nothing, atExec: { filter, flags } };
}
