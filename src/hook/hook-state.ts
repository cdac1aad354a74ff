// The state that a hook reads on its stdin (runtime.md#state).

export type HookState = {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** Left out when stopped. */
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** The state as JSON, cut where the init puts a pid that slipway cannot know. */
export function splitAtPid({ ociVersion, id, status, bundle, annotations }: HookState): [string, string] {
  const before = JSON.stringify({ ociVersion, id, status });
  const after = JSON.stringify({ bundle, annotations });
  return [`${before.slice(0, -1)},"pid":`, `,${after.slice(1)}`];
}
