/* A request to CRIU over its RPC protocol (criu(8), swrk; images/rpc.proto of CRIU). */
#ifndef SLIPWAY_CRIU_H
#define SLIPWAY_CRIU_H
#include "init.h"

struct criu_request {
	uint32_t type;		/* criu_req_type */
	const char *options;	/* encoded criu_opts, without the directories */
	size_t length;
	const char *images;	/* directories on the host */
	const char *work;
};

/** What CRIU asks for on its way: the name of the action, the process that it is about, and an fd that came along, or -1. */
struct criu_notice {
	char script[64];
	pid_t pid;
	int fd;
};

/** Answers a notice: 0, or -1 after fail(), which ends the request. */
typedef int criu_notified(void *context, const struct criu_notice *notice);

/** Runs CRIU as a child until it has done what it is asked for. Returns 0, or -1 after fail(). */
int criu_run(struct init *init, const struct criu_request *request, criu_notified *notified, void *context);

/** The tool `slipway-init criu TYPE IMAGES WORK`: encoded criu_opts on stdin, errors on stderr. Returns an exit status. */
int criu_tool(const char *type, const char *images, const char *work);
#endif
