// `Expect: 100-continue`: a client that asks first is told to send its body once its request has been let in, and not when its
// headers alone are reason to refuse it. Node would tell it at once.
import type { FastifyInstance, preParsingHookHandler } from 'fastify';

/** Call it before the routes are added and the server listens. */
export function continueOnceLetIn(app: FastifyInstance): void {
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  // The last hook of each route before its body is read: after keys, limits and admission.
  app.addHook('onRoute', (route) => {
    route.preParsing = [...[route.preParsing ?? []].flat(), sendContinue];
  });
}

const sendContinue: preParsingHookHandler = ({ headers }, { raw }, _payload, done) => {
  if (headers.expect?.toLowerCase() === '100-continue') raw.writeContinue();
  done();
};
