/**
 * A member for the ladder: a process that answers as Hazelcast 5.7 does (test/fixtures/hazelcast-5.7) and can be stopped
 * and killed as one. Arguments: address to bind, port, file with the list of members. Prints a line when it listens.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [bind = '', port = '', membersFile = ''] = process.argv.slice(2);

const cluster = (): { address: string; uuid: string }[] =>
  JSON.parse(readFileSync(membersFile, 'utf8')) as { address: string; uuid: string }[];

createServer((request, response) => {
  const members = cluster();
  const { method, url } = request;
  if (method === 'HEAD' && url === '/hazelcast/health') {
    response.writeHead(200, {
      'Hazelcast-NodeState': 'ACTIVE',
      'Hazelcast-ClusterState': 'ACTIVE',
      'Hazelcast-MigrationQueueSize': '0',
      'Hazelcast-ClusterSize': `${members.length}`,
    });
    response.end();
  } else if (url === '/hazelcast/rest/cluster') {
    const listed = members.map(({ address, uuid }) => ({ address: `[${address}]:${port}`, uuid }));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ members: listed }));
  } else {
    response.writeHead(url === '/check' ? 200 : 404).end();
  }
}).listen(Number(port), bind, () => process.stdout.write('listening\n'));
