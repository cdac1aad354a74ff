// Writes bundles/image: a layout with a program for amd64 and one for arm64 that print a line.

import { writeFileSync } from 'node:fs';
import { digestOf, tarOf, writeLayout } from '../test/support/image.ts';

const text = 'hello from an image\n';

type Machine = {
  /** e_machine of elf(5). */
  readonly elf: number;
  /** write(1, text, length) and exit(0); the text stands behind it. */
  readonly code: Buffer;
};

const machines: Readonly<Record<string, Machine>> = {
  amd64: {
    elf: 62,
    code: Buffer.concat([
      Buffer.from('bf01000000', 'hex'), // mov edi, 1
      Buffer.from('488d3515000000', 'hex'), // lea rsi, [rip + 21]
      Buffer.from([0xba, text.length, 0, 0, 0]), // mov edx, length
      Buffer.from('b8010000000f05', 'hex'), // mov eax, 1; syscall
      Buffer.from('31ffb83c0000000f05', 'hex'), // xor edi, edi; mov eax, 60; syscall
    ]),
  },
  arm64: {
    elf: 183,
    code: words([
      0xd280_0020, // mov x0, #1
      0x1000_00e1, // adr x1, #28
      0xd280_0002 + text.length * 32, // mov x2, #length
      0xd280_0808, // mov x8, #64
      0xd400_0001, // svc #0
      0xd280_0000, // mov x0, #0
      0xd280_0ba8, // mov x8, #93
      0xd400_0001, // svc #0
    ]),
  },
};

function words(values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

const headers = 120;
const address = 0x40_0000n;

/** A static executable of one segment (elf(5)). */
function executable({ elf, code }: Machine): Buffer {
  const file = Buffer.concat([Buffer.alloc(headers), code, Buffer.from(text)]);
  // ELFCLASS64, ELFDATA2LSB, EV_CURRENT; ET_EXEC.
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(elf, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(address + BigInt(headers), 24);
  // The program header stands behind this one.
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // PT_LOAD, PF_R | PF_X.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(address, 80);
  file.writeBigUInt64LE(address, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return file;
}

export function writeSample(path: string): void {
  const manifests: object[] = [];
  for (const [architecture, machine] of Object.entries(machines))
    writeLayout(path, [tarOf([{ name: 'hello', mode: 0o755, data: executable(machine) }])], {
      config: (image) => {
        image.architecture = architecture;
        image.config = { Cmd: ['/hello'] };
      },
      index: (index) => {
        const [{ annotations, ...manifest }] = index.manifests;
        manifests.push({ ...manifest, platform: { os: 'linux', architecture } });
        const mediaType = 'application/vnd.oci.image.index.v1+json';
        const platforms = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
        const digest = digestOf(platforms);
        if (manifests.length < Object.keys(machines).length) return;
        writeFileSync(`${path}/blobs/${digest.replace(':', '/')}`, platforms);
        index.manifests = [{ mediaType, digest, size: platforms.length, annotations }];
      },
    });
}

if (import.meta.main) writeSample('bundles/image');
