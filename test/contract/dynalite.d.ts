/** The package brings no types; this is the part the suite uses. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS and exports one function.
  export default function dynalite(options: { readonly createTableMs: number }): Server;
}
