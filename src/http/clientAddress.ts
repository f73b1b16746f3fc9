// Whom a limit by address concerns.
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

/** The client's address (see TRUST_PROXY); of IPv6 the first 64 bits, since whoever has one address there has that many. */
export const clientAddress = ({ ip }: Pick<FastifyRequest, 'ip'>): string => normalizeIP(ip, 64);
