// `Expect: 100-continue`: a client that asks first is told to send its body once its request has been let in, and never for one
// that is refused. Node would tell it at once.
import type { FastifyInstance } from 'fastify';

/** Call it before the server listens. */
export function continueOnceLetIn(app: FastifyInstance): void {
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  // After every onRequest hook, and so after keys and admission; before the body is read.
  app.addHook('preParsing', async ({ headers }, { raw }) => {
    if (headers.expect?.toLowerCase() === '100-continue') raw.writeContinue();
  });
}
