/** PATIENCE multiplies the deadlines of tests and of what they run, on a slow machine. */
export const patience = Number(process.env.PATIENCE ?? 1);
