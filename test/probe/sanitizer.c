/* Options of the address sanitizer, for programs that clear their environment (scripts/build.ts --sanitized). */

const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	/* Leaks end with their process; and nothing may trace the init, as looking for them would. */
	return "detect_leaks=0:abort_on_error=1";
}
