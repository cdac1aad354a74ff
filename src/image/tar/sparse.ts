// Sparse files: the formats of GNU tar, old and PAX 0.0, 0.1 and 1.0.

import type { Region } from './entry.ts';
import type { Header } from './header.ts';
import { paxNumber } from './pax.ts';
import { pairs, sparseNumber } from './regions.ts';

export type Sparse =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly regions: readonly Region[] }
  | { readonly kind: 'inData' }
  | { readonly kind: 'inBlocks'; readonly regions: readonly Region[]; readonly more: boolean };

export const noHoles: Sparse = { kind: 'none' };

/** The formats of sparse files (GNU tar manual, "Storing Sparse Files"). */
export function sparseOf(
  { sparse }: Header,
  pax: ReadonlyMap<string, Buffer>,
  stored: number,
): { readonly sparse: Sparse; readonly size: number } {
  if (sparse !== null)
    return { sparse: { kind: 'inBlocks', regions: sparse.regions, more: sparse.more }, size: sparse.size };
  if (pax.get('GNU.sparse.major')?.toString() === '1')
    return { sparse: { kind: 'inData' }, size: paxNumber(pax, 'GNU.sparse.realsize') ?? 0 };
  const map = pax.get('GNU.sparse.map');
  if (map === undefined) return { sparse: noHoles, size: stored };
  const numbers = map.length === 0 ? [] : map.toString('latin1').split(',').map(sparseNumber);
  return {
    sparse: { kind: 'known', regions: pairs(numbers) },
    size: paxNumber(pax, 'GNU.sparse.size') ?? 0,
  };
}
