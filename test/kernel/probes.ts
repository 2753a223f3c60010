/** Programs that run in network namespaces: backends that tell whom they see, and the client that asks them. */

/** Answers on every address and port, by TCP and UDP, with the peer and its own address. */
export const RESPONDER = `
  const { addresses, ports } = JSON.parse(process.argv[1]);
  const seen = (peer, address, port) => JSON.stringify({ peer, backend: address + ' ' + port });
  let open = addresses.length * ports.length * 2;
  const ready = () => { if (--open === 0) process.stdout.write('ready'); };
  for (const address of addresses) for (const port of ports) {
    require('net').createServer((socket) => {
      socket.on('error', () => {});
      socket.end(seen(socket.remoteAddress, address, port));
    }).listen(port, address, ready);
    const socket = require('dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (_, from) => socket.send(seen(from.address, address, port), from.port, from.address));
    socket.on('error', () => {});
    socket.bind(port, address, ready);
  }
`;

/**
 * More than the second until a TCP client sends again: over a virtual wire the answer to its first packet
 * can be there before connect() has let go of the socket, and then the kernel passes over it.
 */
const TIMEOUT_MS = 1700;
const RESEND_MS = 700;

/** Reads probes from standard input, makes all of them at once, and writes what came of each. */
export const PROBER = `
  const words = { ECONNREFUSED: 'refused', EPERM: 'not permitted' };
  const failed = (error) => ({ result: words[error.code] ?? error.code });
  const tcp = ({ from, to, port }) => new Promise((resolve) => {
    const socket = require('net').connect({ host: to, port, localAddress: from });
    let text = '';
    const end = (result) => { clearTimeout(timer); socket.destroy(); resolve(result); };
    const timer = setTimeout(() => end({ result: 'timeout' }), ${TIMEOUT_MS});
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('end', () => end({ result: 'connected', ...JSON.parse(text) }));
    socket.on('error', (error) => end(failed(error)));
  });
  const udp = ({ from, fromPort = 0, to, port }) => new Promise((resolve) => {
    const socket = require('dgram').createSocket(to.includes(':') ? 'udp6' : 'udp4');
    const timers = [];
    let done = false;
    const end = (result) => {
      if (done) return;
      done = true;
      timers.forEach(clearTimeout);
      socket.close();
      resolve(result);
    };
    const send = () => { if (!done) socket.send('?', (error) => { if (error) end(failed(error)); }); };
    socket.on('message', (text) => end({ result: 'connected', ...JSON.parse(text) }));
    socket.on('error', (error) => end(failed(error)));
    socket.bind(fromPort, from, () => socket.connect(port, to, () => {
      timers.push(setTimeout(() => end({ result: 'timeout' }), ${TIMEOUT_MS}), setTimeout(send, ${RESEND_MS}));
      send();
    }));
  });
  (async () => {
    let text = '';
    for await (const chunk of process.stdin) text += chunk;
    const results = JSON.parse(text).map((probe) => (probe.protocol === 'tcp' ? tcp(probe) : udp(probe)));
    process.stdout.write(JSON.stringify(await Promise.all(results)));
  })();
`;
