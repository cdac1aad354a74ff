// State documents of earlier versions, one step a version. No upgrade may leave a container behind that runs.

export type Document = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** From the version that it is the name of to the next one. */
const steps: Readonly<Record<number, (state: Document) => Document>> = {
  // Cgroups were made by slipway alone; the first files of this version lack the text for "not frozen".
  3: (state) => ({ ...state, version: 4, scope: null, freezers: withThawed(state.freezers) }),
  // The name of the keyring was made of the id, and every annotation was obeyed: what an image may have asked for ends here.
  4: ({ ownKeyring, ...state }) => ({
    ...state,
    version: 5,
    keyring: ownKeyring === true ? `_ses.${state.id}` : null,
    trustedAnnotations: [],
  }),
};

function withThawed(freezers: unknown): unknown {
  if (!Array.isArray(freezers)) return freezers;
  return freezers.map((freezer) =>
    isRecord(freezer) ? { thawed: freezer.frozen === '1' ? '0' : 'THAWED', ...freezer } : freezer,
  );
}

/** The document of the newest version; as it is when it is newer, or none of slipway's. */
export function migrated(document: unknown): unknown {
  if (!isRecord(document) || typeof document.version !== 'number') return document;
  const step = steps[document.version];
  return step === undefined ? document : migrated(step(document));
}
