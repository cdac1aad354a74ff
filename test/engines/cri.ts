// The Container Runtime Interface, through which Kubernetes drives containerd, as a client over gRPC.

import { readFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import {
  create,
  createFileRegistry,
  type DescService,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';

/** Milliseconds for one call. */
const deadline = 30_000;

/** The service as containerd has it: its program carries the description, compressed. */
function runtimeService(program: string): DescService {
  const data = readFileSync(program);
  const gzip = Buffer.from([0x1f, 0x8b, 8, 0]);
  for (let at = data.indexOf(gzip); at >= 0; at = data.indexOf(gzip, at + 1)) {
    const text = inflated(data.subarray(at, at + 100_000));
    if (!text.includes('\nruntime.v1')) continue;
    const file = fromBinary(FileDescriptorProtoSchema, text);
    if (file.package !== 'runtime.v1') continue;
    // Only options of generated code come from there.
    file.dependency = [];
    const service = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getService(
      'runtime.v1.RuntimeService',
    );
    if (service !== undefined) return service;
  }
  throw new Error(`${program} does not describe runtime.v1`);
}

/** What a stream holds that may end anywhere; nothing if it is none. */
function inflated(data: Buffer): Buffer {
  try {
    return gunzipSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

export class Cri {
  readonly #service: DescService;
  readonly #client: Client;

  /** @param program Path of containerd. @param socket Path of its socket. */
  constructor(program: string, socket: string) {
    this.#service = runtimeService(program);
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure());
  }

  /** Calls a method with a request, and returns the answer: both as the JSON of protobuf. Throws what containerd refuses. */
  call(name: string, request: JsonValue): Promise<JsonValue> {
    const method = this.#service.methods.find((one) => one.name === name);
    if (method === undefined) throw new Error(`no method ${name}`);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/runtime.v1.RuntimeService/${name}`,
        (message: JsonValue) => Buffer.from(toBinary(method.input, fromJson(method.input, message))),
        (data: Buffer) =>
          toJson(method.output, fromBinary(method.output, data), { alwaysEmitImplicit: true }) as JsonValue,
        request,
        { deadline: Date.now() + deadline },
        (error, answer) => (error === null ? resolve(answer ?? null) : reject(error)),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
