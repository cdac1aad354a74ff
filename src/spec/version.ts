// Versions of the runtime-spec that slipway executes.

export const oldestVersion = '1.0.0';
export const newestVersion = '1.3.0';
