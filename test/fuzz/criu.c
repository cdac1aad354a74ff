/* The reader of what CRIU answers (src/init/protobuf.c, src/init/criu.c). */
#include "../../src/init/criu.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > LONGEST_ANSWER)
		return 0;
	struct answer answer = read_answer((const char *)data, size);
	if (strlen(answer.message) >= sizeof(answer.message) || strlen(answer.notice.script) >= sizeof(answer.notice.script))
		abort();
	return 0;
}
