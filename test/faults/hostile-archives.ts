import { gzipSync } from 'node:zlib';
import { rawTar, base256, paxText, type RawMember } from './raw-tar.js';
import { rawZip, type RawEntry, type RawZip } from './raw-zip.js';

/** An archive that somebody may have made, and what is to come of it. */
export interface HostileArchive {
  /** In words; its file is called after its place in the list. */
  readonly what: string;
  readonly ending: 'zip' | 'tar' | 'tar.gz';
  readonly bytes: Uint8Array;
  /** The model, or what the one line says. */
  readonly want: 'model' | RegExp;
  /** Whether Python's zipfile refuses it, which takes the wrong end record. */
  readonly pythonRefuses?: true;
}

const LINK = 0o120777;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const longName = `${'long/'.repeat(60)}m/`;

/** Every trick of either format that is known here, around one model. */
export function hostileArchives(config: Uint8Array, weights: Uint8Array): HostileArchive[] {
  return [...zips(config, weights), ...tars(config, weights), ...gzips(config, weights)];
}

function zips(config: Uint8Array, weights: Uint8Array): HostileArchive[] {
  const own = (change: Partial<RawEntry> = {}, folder = ''): RawEntry[] => [
    { name: `${folder}config.json`, bytes: config },
    { name: `${folder}model.safetensors`, bytes: weights, ...change },
  ];
  const zip = (
    what: string,
    entries: readonly RawEntry[],
    want: HostileArchive['want'],
    { pythonRefuses, ...how }: RawZip & Pick<HostileArchive, 'pythonRefuses'> = {},
  ): HostileArchive => ({
    ...{ what: `zip: ${what}`, ending: 'zip', bytes: rawZip(entries, how), want },
    ...(pythonRefuses && { pythonRefuses }),
  });
  const beside = (name: string | Uint8Array, want: HostileArchive['want']) =>
    zip(
      `a file ${JSON.stringify(String(name)).slice(0, 40)}`,
      [...own(), { name, bytes: text('x') }],
      want,
    );
  const outside = /points outside it$/;
  const end = rawZip([]);
  return [
    zip('plain', own(), 'model'),
    zip('stored', own({ method: 0 }), 'model'),
    zip('in a folder of a long name', own({}, longName), 'model'),
    zip('with data descriptors', own({ descriptor: true }), 'model'),
    zip('zip64 sizes', own({ zip64: true }), 'model'),
    zip('zip64 all over', own({ zip64: true }), 'model', { zip64: true }),
    zip('behind a program', own(), 'model', { before: text('#!/bin/sh\nexit\n') }),
    zip('zip64 behind a program', own(), 'model', { zip64: true, before: text('MZ') }),
    zip('a comment that holds an end record', own(), 'model', {
      comment: Buffer.concat([end, text(' and more')]),
      pythonRefuses: true,
    }),
    zip('something after its end', own(), 'model', { after: text('junk') }),
    zip(
      'a folder that is called like a file',
      [{ name: 'config.json/', bytes: text('') }, ...own()],
      'model',
    ),
    beside('../x', outside),
    beside('a/../../x', outside),
    beside('/etc/cron.d/x', outside),
    beside('C:\\x', outside),
    beside('c:x', outside),
    beside('..\\..\\x', outside),
    beside('\\\\host\\share', outside),
    beside('', outside),
    beside('config.json\0.txt', /has a zero byte$/),
    beside('MODEL.SAFETENSORS', 'model'),
    beside('a\nb\u001b[2J\u202e.txt', 'model'),
    beside('x'.repeat(65_535), 'model'),
    beside(Uint8Array.of(0xff, 0xfe, 0x41), 'model'),
    zip(
      'a name that a terminal obeys',
      own({ crc: 1 }, 'm\u001b[2J\n/'),
      /m\\u001b\[2J\\n\/model\.safetensors": it is damaged$/,
    ),
    zip('a file twice', [...own(), ...own()], /config\.json is in it twice$/),
    zip(
      'two models',
      [...own({}, 'a/'), ...own({}, 'b/')],
      /it contains several models, in a and in b$/,
    ),
    zip('no model', [{ name: 'x', bytes: config }], /it contains no model$/),
    zip(
      'a link out',
      own({ mode: LINK, bytes: text('/etc/passwd') }),
      /model\.safetensors is a link or/,
    ),
    zip(
      'a link in',
      [...own({ mode: LINK, bytes: text('w') }), { name: 'w', bytes: weights }],
      /is a link or/,
    ),
    zip('a device', own({ mode: 0o020666 }), /is a link or/),
    zip('encrypted', own({ flags: 1 }), /it is encrypted$/),
    zip('strongly encrypted', own({ flags: 0x41 }), /it is encrypted$/),
    zip(
      'packed by another method',
      own({ method: 93, stored: text('zstd') }),
      /method \(93\) is not supported$/,
    ),
    zip('a wrong checksum', own({ crc: 1 }), /model\.safetensors: it is damaged$/),
    zip('a smaller size', own({ size: 10 }), /it is damaged$/),
    zip('a larger size', own({ size: weights.length + 1 }), /it is damaged$/),
    zip('a size of 4 GB', own({ size: 0xfffffffe }), /is 4294967294 bytes, but a model's has/),
    zip(
      'a zip64 size of 2^53',
      own({ zip64: true, size: 2 ** 53 }),
      /is 9007199254740992 bytes, but/,
    ),
    zip('a packed size past the end', own({ packed: 0x7fffffff }), /overlaps what comes after it$/),
    zip(
      'another name in the local header',
      own({ local: { name: 'model.safetensorz' } }),
      /directory and its header disagree$/,
    ),
    zip(
      'another method in the local header',
      own({ local: { method: 0 } }),
      /directory and its header disagree$/,
    ),
    zip('another size in the local header', own({ local: { size: 1 } }), 'model'),
    zip(
      'two entries of one content',
      [...own(), { name: 'README', bytes: weights, at: 1 }],
      'model',
    ),
    zip(
      'a content within another',
      own({ packed: config.length + weights.length, stored: weights, method: 0, at: 0, local: {} }),
      /disagree$|overlaps what comes after it$/,
    ),
    zip('in several parts', own(), /several parts$/, { disks: 1 }),
    zip('an entry of another part', own({ disk: 3 }), /several parts$/),
    zip('more entries than it has', own(), /directory is damaged$/, { count: 3 }),
    zip('fewer entries than it has', own(), /directory is damaged$/, { count: 1 }),
    zip('a hundred million entries', own(), /more than 10000$/, {
      zip64: true,
      count: 1e8,
    }),
    zip('a directory past its end', own(), /directory is damaged$|truncated$/, {
      directoryBytes: 1e9,
    }),
    zip('a directory elsewhere', own(), /damaged$/, { directoryAt: 5 }),
    { what: 'zip: cut', ending: 'zip', bytes: rawZip(own()).slice(0, -30), want: /no end record/ },
    { what: 'zip: empty', ending: 'zip', bytes: rawZip([]), want: /it contains no model$/ },
    { what: 'zip: no bytes', ending: 'zip', bytes: new Uint8Array(), want: /no end record/ },
  ];
}

function tars(config: Uint8Array, weights: Uint8Array): HostileArchive[] {
  const own = (change: Partial<RawMember> = {}, folder = ''): RawMember[] => [
    { name: `${folder}config.json`, bytes: config },
    { name: `${folder}model.safetensors`, bytes: weights, ...change },
  ];
  const tar = (
    what: string,
    members: readonly RawMember[],
    want: HostileArchive['want'],
    { end }: { end?: Uint8Array } = {},
  ): HostileArchive => ({
    ...{ what: `tar: ${what}`, ending: 'tar', bytes: rawTar(members, end ? { end } : {}), want },
  });
  const beside = (what: string, member: RawMember, want: HostileArchive['want']) =>
    tar(what, [...own(), member], want);
  const outside = /points outside it$/;
  const broken = /at or after config\.json: /;
  const long = (name: string): RawMember[] =>
    own().map((member) => ({
      ...member,
      name: 'short',
      pax: { path: `${longName}${member.name}` },
      link: name,
    }));
  return [
    tar('plain', own(), 'model'),
    tar(
      'below ./',
      own({}, './').map((m) => ({ ...m, name: `./${m.name.replace('./', '')}` })),
      'model',
    ),
    tar('names of pax', long(''), 'model'),
    tar(
      'names of GNU tar',
      own().map((m) => ({ ...m, magic: 'ustar  \0', gnuName: `${longName}${m.name}` })),
      'model',
    ),
    tar(
      'a prefix',
      own().map((m) => ({ ...m, prefix: 'a/b' })),
      'model',
    ),
    tar(
      'of before ustar',
      own().map((m) => ({ ...m, magic: '', type: '\0' })),
      'model',
    ),
    tar('a size in base 256', own({ size: base256(weights.length) }), 'model'),
    tar(
      'a size of pax',
      own({ size: '00000000000\0', pax: { size: String(weights.length) } }),
      'model',
    ),
    tar(
      'a global header',
      [{ name: 'g', type: 'g', bytes: paxText({ comment: 'x' }) }, ...own()],
      'model',
    ),
    tar(
      'a file twice: the last counts',
      [{ name: 'config.json', bytes: text('{}') }, ...own()],
      'model',
    ),
    beside('a link out', { name: 'l', type: '2', link: '/etc/passwd' }, 'model'),
    beside('a hard link out', { name: 'l', type: '1', link: '../../x' }, 'model'),
    beside('a device', { name: 'd', type: '3' }, 'model'),
    beside('a pipe', { name: 'd', type: '6' }, 'model'),
    beside('something after its end', { name: 'x', bytes: text('x') }, 'model'),
    tar('another archive after its end', own(), 'model', {
      end: Buffer.concat([Buffer.alloc(1024), rawTar([{ name: '../x' }])]),
    }),
    beside('a file ../x', { name: '../x', bytes: text('x') }, outside),
    beside('a link called /x', { name: '/x', type: '2', link: 'y' }, outside),
    beside('a file ../x by pax', { name: 'x', pax: { path: '../x' } }, outside),
    beside('a file C:\\x', { name: 'C:\\x' }, outside),
    tar(
      'weights that are a link out',
      own({ type: '2', link: '/etc/passwd', bytes: text('') }),
      /model\.safetensors is a link or/,
    ),
    tar(
      'weights that are a hard link',
      [{ name: 'w', bytes: weights }, ...own({ type: '1', link: 'w', bytes: text('') })],
      /is a link or/,
    ),
    tar(
      'weights with holes, as GNU tar has them',
      own({ type: 'S' }),
      /is a link or not stored as it is$/,
    ),
    tar(
      'weights with holes, by pax',
      own({
        pax: {
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 'model.safetensors',
        },
      }),
      /is a link or not stored as it is$/,
    ),
    tar('of several volumes', own({ type: 'M' }), /is a link or not stored as it is$/),
    tar('a negative size', own({ size: Uint8Array.of(...Array<number>(12).fill(0xff)) }), broken),
    tar(
      'a size of 2^63',
      own({ size: Uint8Array.of(0x80, 0, 0, 0, 0x7f, ...Array<number>(7).fill(0xff)) }),
      broken,
    ),
    tar('a size of 8 GB', own({ size: '77777777777\0' }), /it is truncated$/),
    tar('a size that is none', own({ size: '12x45678901\0' }), broken),
    tar('a size of pax that is none', own({ pax: { size: '-5' } }), /a size that is none$/),
    tar(
      'a pax header that is cut',
      [{ name: 'x', type: 'x', bytes: text('99 path=y\n') }, ...own()],
      /extended header is damaged$/,
    ),
    tar(
      'a pax header of a gigabyte',
      [{ name: 'x', type: 'x', size: '10000000000\0' }, ...own()],
      /a header of 1073741824 bytes$/,
    ),
    tar('a wrong checksum', own({ checksum: 7 }), broken),
    tar('an empty header', own(), 'model', { end: Buffer.alloc(1024) }),
    tar('one empty block at its end', own(), /it is truncated$/, {
      end: Buffer.alloc(512),
    }),
    tar('no end', own(), /it is truncated$/, { end: Buffer.alloc(0) }),
    {
      what: 'tar: cut in its weights',
      ending: 'tar',
      bytes: rawTar(own()).slice(0, -1500),
      want: /it is truncated$/,
    },
    {
      what: 'tar: no bytes',
      ending: 'tar',
      bytes: new Uint8Array(),
      want: /at its beginning: it is truncated$/,
    },
  ];
}

function gzips(config: Uint8Array, weights: Uint8Array): HostileArchive[] {
  const tar = rawTar([
    { name: 'config.json', bytes: config },
    { name: 'model.safetensors', bytes: weights },
  ]);
  const whole = gzipSync(tar);
  const members = [tar.subarray(0, 700), tar.subarray(700)].map((part) => gzipSync(part));
  const flipped = (at: number) => Uint8Array.from(whole).with(at, (whole.at(at) ?? 0) ^ 1);
  const gzip = (what: string, bytes: Uint8Array, want: HostileArchive['want']): HostileArchive => ({
    ...{ what: `gzip: ${what}`, ending: 'tar.gz', bytes: new Uint8Array(bytes), want },
  });
  const unpacked = /it cannot be unpacked: /;
  return [
    gzip('plain', whole, 'model'),
    gzip('of two members', Buffer.concat(members), 'model'),
    gzip('zeros after its end', Buffer.concat([whole, Buffer.alloc(100)]), 'model'),
    gzip('a wrong checksum', flipped(whole.length - 8), unpacked),
    gzip('a wrong length', flipped(whole.length - 1), unpacked),
    gzip('cut in its trailer', whole.subarray(0, -3), unpacked),
    gzip('cut in the middle', whole.subarray(0, whole.length >> 1), unpacked),
    gzip('within gzip', gzipSync(whole), /at its beginning: /),
    gzip('no gzip', tar, unpacked),
    gzip('no bytes', new Uint8Array(), /truncated|cannot be unpacked/),
  ];
}
