'use strict';

// Leads connections to Anton to golive, of clients too that do not look at
// HTTPS_PROXY: Node before 22.21, agents of one's own, undici, HTTP/2. Name and
// certificate checks stay the client's; all other connections stay as they are.

const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const { hosts, address, port, proxy } = require('./way.json');

const anton = (name) => typeof name === 'string' && hosts.includes(name.toLowerCase().replace(/\.$/, ''));

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function led(...args) {
  const [to, ...rest] = Array.isArray(args[0]) ? args[0] : args; // net.connect hands its arguments on in a list
  if (to !== null && typeof to === 'object' && anton(to.host)) {
    const { lookup, family, localAddress, localPort, ...others } = to;
    return connect.call(this, { ...others, host: address, port }, ...rest);
  }
  if (['number', 'string'].includes(typeof to) && anton(rest[0])) {
    return connect.call(this, { host: address, port }, ...rest.slice(1));
  }
  return connect.apply(this, args);
};

// axios before 1.16 asks a proxy for https without a tunnel, so nobody could check
// a certificate: it is sent the ordinary way.
const { request } = http;
http.request = function tunnelled(options, ...rest) {
  const goal = typeof options?.path === 'string' && options.path.startsWith('https://') && URL.canParse(options.path) ? new URL(options.path) : null;
  if (!goal || !anton(goal.hostname) || `${options.hostname ?? options.host}:${options.port}` !== proxy) {
    return request.call(this, options, ...rest);
  }
  return https.request({
    ...options, protocol: 'https:', hostname: goal.hostname, host: goal.hostname, port: goal.port || 443,
    path: goal.pathname + goal.search, agent: options.agents?.https,
  }, ...rest);
};

require('node:module').syncBuiltinESMExports();
