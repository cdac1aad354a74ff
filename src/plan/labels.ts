// Labels of a program: the files of the kernel are opened while the host's /proc is there, and written at the end.

import type { InitStep } from '../init/protocol.ts';
import { annotation } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { Process } from '../spec/process.ts';

export type LabelSteps = { readonly open: readonly InitStep[]; readonly write: readonly InitStep[] };

export function labelSteps(
  process: Process | undefined,
  { apparmor }: HostFacts['lsm'],
  nextSlot: () => number,
): LabelSteps {
  const { apparmorProfile = '', selinuxLabel = '' } = process ?? {};
  const labels = [
    // Both may be active, and then each has a file of its own.
    {
      from: '/process/apparmorProfile',
      name: apparmor === 'own-file' ? 'apparmor/exec' : 'exec',
      text: apparmorProfile === '' ? '' : `exec ${apparmorProfile}`,
    },
    { from: '/process/selinuxLabel', name: 'exec', text: selinuxLabel },
  ];
  const asked = labels.filter(({ text }) => text !== '').map((label) => ({ ...label, slot: nextSlot() }));
  return {
    open: asked.map(({ from, slot, name }) => ({ op: 'openAttribute', from, slot, name })),
    write: asked.map(({ from, slot, text }) => ({ op: 'label', from, slot, text })),
  };
}

/** Option of a new file system for /linux/mountLabel (mount(8), SELinux); empty without one. */
export function mountLabelOption(config: Config): string {
  const label = config.linux?.mountLabel ?? '';
  const option = annotation(config, 'mountContextType') || 'context';
  return label === '' ? '' : `${option}=${label}`;
}
