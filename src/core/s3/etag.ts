/** An ETag without its quotes, which some stores leave out, or have in some answers only. */
export function bareEtag(etag: string): string {
  return etag.replaceAll('"', '');
}

/** Whether two ETags say the same. */
export function sameEtag(one: string, other: string): boolean {
  return bareEtag(one) === bareEtag(other);
}
