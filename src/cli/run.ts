import { run } from '../container/run.ts';
import { createRequest } from './create-request.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async (call) =>
  run(call.env, {
    ...(await createRequest(call)),
    detach: call.options.flag('detach'),
    keep: call.options.flag('keep'),
  });
