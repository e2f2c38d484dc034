import { rooms } from './tools/rooms.mjs';

/** The arrows between rooms of src/ (tools/rooms.mjs): `node tools/house.mjs` checks them and counts. */
export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-only-down`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        path: '^src/[^/]+/',
        pathNot: `^src/(${[room, 'core', ...allowed].join('|')})/`,
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'wgsl-preprocessor|\\.css$|\\?url$' },
  },
};
