// Waits for what the kernel or another process does in its own time.

/**
 * Asks every 10 ms until the condition holds.
 *
 * @param deadline Milliseconds until it throws.
 */
export async function until(condition: () => boolean | Promise<boolean>, deadline = 5000): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in ${deadline} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
