import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../error/error.ts';
import { UndoStack } from './undo.ts';

describe('UndoStack', () => {
  test('runs newest first and returns the cause', async () => {
    const order: number[] = [];
    const undo = new UndoStack();
    for (const n of [1, 2, 3]) undo.add(() => void order.push(n));
    const cause = new RuntimeError('SYSTEM', 'boom');
    expect(await undo.fail(cause)).toBe(cause);
    expect(order).toEqual([3, 2, 1]);
  });

  test('goes on after a failing undo and attaches it to the cause', async () => {
    const order: number[] = [];
    const undo = new UndoStack();
    undo.add(() => void order.push(1));
    undo.add(async () => {
      throw new Error('stuck');
    });
    const error = await undo.fail(new RuntimeError('HOOK_FAILED', 'boom'));
    expect(order).toEqual([1]);
    expect(error).toMatchObject({ code: 'HOOK_FAILED', message: 'boom (and cleaning up failed: stuck)' });
  });
});
