import { create } from '../container/create.ts';
import { createRequest } from './create-request.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async (call) => {
  await create(call.env, await createRequest(call));
  return 0;
};
