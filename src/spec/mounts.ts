// Mounts (config.md#mounts) and the id maps they share with user namespaces.

import type { z } from 'zod';
import { filledText, id, list, object, text, uint32 } from './leaf.ts';

export const idMapsSchema = list(object({ containerID: id, hostID: id, size: uint32 }));

export const mountSchema = object({
  destination: filledText,
  source: text.optional(),
  type: text.optional(),
  options: list(text).optional(),
  uidMappings: idMapsSchema.optional(),
  gidMappings: idMapsSchema.optional(),
});

export type IdMaps = z.infer<typeof idMapsSchema>;
export type Mount = z.infer<typeof mountSchema>;
