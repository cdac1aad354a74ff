import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;

/** What was built, in the words of `git describe`; put here by scripts/build.ts. Empty outside of a checkout. */
export const commit: string = process.env.SLIPWAY_COMMIT ?? '';
