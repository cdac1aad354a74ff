// Waits for what the kernel or another process does in its own time.

const deadline = 5000;

/** Asks every 10 ms until the condition holds. Throws after 5 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('not in 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
