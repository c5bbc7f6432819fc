/** A region as it is offered in a picker. */
export interface Region {
  id: string;
  label: string;
}

export const DEFAULT_REGION = 'us-east-1';

/** The regions that pickers show first, in this order. Any other is accepted, too. */
export const FIRST_REGIONS: readonly Region[] = [
  { id: 'us-east-1', label: 'US East (N. Virginia)' },
  { id: 'us-east-2', label: 'US East (Ohio)' },
  { id: 'us-west-1', label: 'US West (N. California)' },
  { id: 'us-west-2', label: 'US West (Oregon)' },
  { id: 'eu-west-1', label: 'Europe (Ireland)' },
  { id: 'eu-west-2', label: 'Europe (London)' },
  { id: 'eu-central-1', label: 'Europe (Frankfurt)' },
  { id: 'ap-northeast-1', label: 'Asia Pacific (Tokyo)' },
  { id: 'ap-southeast-1', label: 'Asia Pacific (Singapore)' },
  { id: 'ap-southeast-2', label: 'Asia Pacific (Sydney)' },
  { id: 'ca-central-1', label: 'Canada (Central)' },
  { id: 'sa-east-1', label: 'South America (São Paulo)' },
];

/**
 * Checks the form of a region id. It need not be one we know: AWS adds regions, and other stores name theirs freely.
 * @returns what is wrong with it, or undefined.
 */
export function regionBreach(region: string): string | undefined {
  if (region === '') return 'A region is required.';
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(region) || region.length > 64) {
    return 'A region is written in lower case letters, digits and hyphens, like eu-west-1.';
  }
  return undefined;
}
