import type { Entry, Facts } from './catalogue.ts';

const PROXY = { kind: 'open-setting', setting: 'http.proxy' } as const;
const CERTIFICATES = { kind: 'open-setting', setting: 'http.systemCertificates' } as const;

const how = ({ failure: { network, status } }: Facts): string => network ?? String(status ?? '');
const cannot = (x: Facts): string => `${x.store} cannot be reached (${how(x)}).`;
const own = ({ destination }: Facts): boolean => destination.endpoint !== undefined;

/** There was no answer, or it was not the store's. */
export const NETWORK = {
  'unknown-host': {
    code: 'endpoint-unreachable',
    message: (x) =>
      `${cannot(x)} ${x.failure.host === undefined ? 'Its name' : `The name ${x.failure.host}`} is not known.`,
    cause: (x) =>
      own(x)
        ? 'The endpoint is mistyped, or its name is known in another network only, or this machine is offline.'
        : `There is no region ${x.destination.region}, or this machine is offline.`,
    fixes: (x) => [own(x) ? 'Check the endpoint and the network.' : 'Check the region and the network.'],
    repairs: () => [{ kind: 'edit-destination' }, { kind: 'retry' }],
  },
  'bucket-in-host-name': {
    code: 'endpoint-unreachable',
    message: (x) =>
      `${cannot(x)} The name ${x.failure.host ?? ''} is not known: the store has no names for its buckets.`,
    fixes: ({ destination }) => [`Have the bucket stand in the path of requests to ${destination.name}.`],
    repairs: () => [{ kind: 'set-path-style', forcePathStyle: true }],
  },
  'no-dns': {
    code: 'endpoint-unreachable',
    message: (x) => `${cannot(x)} Names cannot be looked up at the moment.`,
    cause: () => 'This machine is offline, or its name server does not answer.',
    fixes: () => ['Check the network, and a VPN if there is one.'],
    repairs: () => [{ kind: 'retry' }],
  },
  refused: {
    code: 'endpoint-unreachable',
    message: (x) => `${cannot(x)} Nothing listens there.`,
    cause: (x) =>
      own(x) ? 'The store is not running, or its port is another one.' : 'A firewall refuses connections to AWS.',
    fixes: (x) => [
      own(x)
        ? 'Check that the store runs, and the port of the endpoint.'
        : 'Check the network, and whether it wants a proxy.',
    ],
    repairs: (x) => (own(x) ? [{ kind: 'retry' }, { kind: 'edit-destination' }] : [{ kind: 'retry' }, PROXY]),
  },
  'no-proxy': {
    code: 'endpoint-unreachable',
    message: (x) => `${x.store} cannot be reached: the proxy on the way there does not answer.`,
    cause: () =>
      'The setting http.proxy, or a variable such as HTTPS_PROXY, names a proxy that is not there or not running.',
    fixes: () => ['Check the proxy in the settings, and the network.'],
    repairs: () => [PROXY, { kind: 'retry' }],
  },
  'no-route': {
    code: 'endpoint-unreachable',
    message: (x) => `${cannot(x)} There is no way there from this network.`,
    cause: () => 'This machine is offline, or a VPN is needed.',
    fixes: () => ['Check the network, and a VPN if there is one.'],
    repairs: () => [{ kind: 'retry' }],
  },
  timeout: {
    code: 'endpoint-unreachable',
    message: (x) => `${cannot(x)} It did not answer in time.`,
    cause: () => 'A firewall drops what is sent, or the store is overloaded or stopped.',
    fixes: (x) => [own(x) ? 'Check the endpoint, the store and the network.' : 'Check the region and the network.'],
    repairs: () => [{ kind: 'retry' }],
  },
  cut: {
    code: 'endpoint-unreachable',
    message: (x) => `${cannot(x)} The connection was cut.`,
    cause: () => 'A firewall or proxy in between, or the store itself, has closed it.',
    fixes: () => ['Try again; if it stays so, check the proxy and the network.'],
    repairs: () => [{ kind: 'retry' }, PROXY],
  },
  'no-connection': {
    code: 'endpoint-unreachable',
    message: cannot,
    fixes: () => ['Check the endpoint, the region and the network.'],
    repairs: () => [{ kind: 'retry' }],
  },
  'not-http': {
    code: 'endpoint-unreachable',
    message: (x) => `What answers at ${x.store} does not speak HTTP (${how(x)}).`,
    cause: (x) =>
      own(x) ? 'The port belongs to something else, or wants https://.' : 'Something in between answers instead.',
    fixes: () => ['Check the endpoint: its port, and whether it begins with https:// or http://.'],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  'no-tls': {
    code: 'tls-failed',
    message: (x) => `No encrypted connection to ${x.store} could be made (${how(x)}).`,
    cause: () => 'The port does not speak https, or only versions of it that are too old.',
    fixes: () => ['Check whether the endpoint begins with https:// or http://, and its port.'],
    repairs: ({ destination: { endpoint } }) =>
      endpoint?.startsWith('https://') === true
        ? [{ kind: 'set-endpoint', endpoint: endpoint.replace('https://', 'http://') }, { kind: 'edit-destination' }]
        : [{ kind: 'retry' }],
  },
  'http-to-https': {
    code: 'tls-failed',
    message: ({ store }) => `${store} wants encrypted connections.`,
    fixes: () => ['Have the endpoint begin with https://.'],
    repairs: ({ destination: { endpoint } }) => [
      endpoint === undefined
        ? { kind: 'retry' }
        : { kind: 'set-endpoint', endpoint: endpoint.replace('http://', 'https://') },
    ],
  },
  'certificate-untrusted': {
    code: 'tls-failed',
    message: (x) => `The certificate of ${x.store} is not trusted (${how(x)}).`,
    cause: (x) =>
      own(x)
        ? 'It is signed by itself, or by an authority that this machine does not know.'
        : 'AWS’s own certificate is trusted everywhere: a proxy or a virus scanner reads along with a certificate of its own.',
    fixes: (x) => [
      own(x)
        ? 'Add its certificate authority to the system’s.'
        : 'Add the certificate authority of the proxy to the system’s.',
    ],
    repairs: () => [CERTIFICATES, { kind: 'retry' }],
  },
  'certificate-expired': {
    code: 'tls-failed',
    message: (x) => `The certificate of ${x.store} has expired (${how(x)}).`,
    cause: () => 'It was not renewed, or the clock of this machine is wrong.',
    fixes: () => ['Have the certificate renewed; check the clock of this machine.'],
    repairs: () => [{ kind: 'retry' }],
  },
  'certificate-not-yet-valid': {
    code: 'tls-failed',
    message: (x) => `The certificate of ${x.store} is not valid yet (${how(x)}).`,
    cause: () => 'Most often, the clock of this machine is behind.',
    fixes: () => ['Set the clock of this machine.'],
    repairs: () => [{ kind: 'retry' }],
  },
  'certificate-of-other': {
    code: 'tls-failed',
    message: (x) => `The certificate of ${x.store} is for another host (${how(x)}).`,
    cause: ({ destination }) =>
      destination.forcePathStyle
        ? 'The endpoint is another name of the host, or something in between answers.'
        : `The bucket stands in the host name, which the certificate does not cover.`,
    fixes: ({ destination }) => [
      destination.forcePathStyle
        ? 'Use the name that stands in the certificate.'
        : `Have the bucket stand in the path of requests to ${destination.name}.`,
    ],
    repairs: ({ destination }) =>
      destination.forcePathStyle ? [{ kind: 'edit-destination' }] : [{ kind: 'set-path-style', forcePathStyle: true }],
  },
  'proxy-sign-in': {
    code: 'endpoint-unreachable',
    message: ({ store }) => `The proxy on the way to ${store} wants to know who asks (407).`,
    fixes: () => ['Put the user name and password for the proxy into its setting, or sign in to it.'],
    repairs: () => [PROXY, { kind: 'retry' }],
  },
  portal: {
    code: 'endpoint-unreachable',
    message: ({ store, failure: { status } }) =>
      `Not ${store} has answered, but a page of this network (${status ?? ''}).`,
    cause: () =>
      'Networks of hotels and trains, and some firewalls, answer with a page of their own until one signs in.',
    fixes: () => ['Open any web page in a browser and sign in to the network.', 'Check the proxy.'],
    repairs: () => [{ kind: 'retry' }, PROXY],
  },
  'web-server': {
    code: 'endpoint-unreachable',
    message: ({ store, failure: { status } }) => `${store} is a web server, and no S3 (${status ?? ''}).`,
    cause: () => 'The endpoint is that of a web console or of another service.',
    fixes: () => ['Check the endpoint: consoles often have a port of their own beside the one for S3.'],
    repairs: () => [{ kind: 'edit-destination' }],
  },
  gateway: {
    code: 'endpoint-unreachable',
    message: ({ store, failure: { status } }) =>
      `A proxy has answered for ${store}, which it cannot reach (${status ?? ''}).`,
    fixes: () => ['Check that the store runs; try again in a moment.'],
    repairs: () => [{ kind: 'retry' }, PROXY],
  },
} as const satisfies Record<string, Entry>;
