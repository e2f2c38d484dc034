/** What Vite makes of imports with a query. */
/** Whether the page comes with a service worker: as static files, not from the development server. */
declare const HAS_SERVICE_WORKER: boolean;
declare module '*?worker&url' {
  const url: string;
  export default url;
}
declare module '*?url' {
  const url: string;
  export default url;
}
