// Options as criu_opts, a message of CRIU's RPC protocol (images/rpc.proto of CRIU).

import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** An option and its value, an option of many values once for each; messages are lists of options themselves. */
export type CriuOption = readonly [name: keyof typeof fields, value: OptionValue];
export type OptionValue = boolean | number | string | Readonly<Record<string, number | string>>;

/** Fields of criu_opts: number, and those of the message that it is. */
const fields = {
  pid: [2],
  leave_running: [3],
  ext_unix_sk: [4],
  tcp_established: [5],
  shell_job: [7],
  file_locks: [8],
  log_level: [9],
  log_file: [10],
  ps: [11, { address: 1, port: 2 }],
  notify_scripts: [12],
  root: [13],
  parent_img: [14],
  track_mem: [15],
  auto_dedup: [16],
  link_remap: [18],
  cg_root: [25, { ctrl: 1, path: 2 }],
  rst_sibling: [26],
  inherit_fd: [27, { key: 1, fd: 2 }],
  manage_cgroups_mode: [34],
  external: [37],
  empty_ns: [38],
  freeze_cgroup: [44],
  tcp_skip_in_flight: [46],
  lazy_pages: [48],
  status_fd: [49],
  orphan_pts_master: [50],
  config_file: [51],
  lsm_profile: [53],
  lsm_mount_context: [63],
} as const satisfies Readonly<Record<string, readonly [number, Readonly<Record<string, number>>?]>>;

/** Varints and texts are all that there is. */
export function encodeOptions(options: readonly CriuOption[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [name, value] of options) {
    const [number, members = {}] = fields[name];
    writeField(writer, number, members, value);
  }
  return writer.finish();
}

const varint = 0;
const bytes = 2;

function writeField(
  writer: BinaryWriter,
  number: number,
  members: Readonly<Record<string, number>>,
  value: OptionValue,
): void {
  if (typeof value === 'boolean') writer.tag(number, varint).bool(value);
  else if (typeof value === 'number') writer.tag(number, varint).int32(value);
  else if (typeof value === 'string') writer.tag(number, bytes).string(value);
  else {
    writer.tag(number, bytes).fork();
    for (const [name, member] of Object.entries(value)) writeField(writer, members[name] ?? 0, {}, member);
    writer.join();
  }
}
