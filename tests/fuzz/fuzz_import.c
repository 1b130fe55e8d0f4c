// SPDX-License-Identifier: GPL-2.0-only
/*
 * keepalived.conf, of any text: a configuration that the parser accepts, or comments alone, or a
 * line that is beyond a bound; and each note has its place. The first byte is how many lines come
 * from a second file: notes about these never have the word "secret".
 */
#include "fuzz_config.h"

#include <errno.h>

#include "cli/tools/import.h"

#define MAX_LINES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_line lines[MAX_LINES];
	unsigned int count = 0, second = size ? data[0] : 0;
	const struct import_host host = {.config_id = "lab",
					 .directory = "/etc",
					 .script_user = "keepalived_script"};
	struct import_result result;
	struct import_fault fault;
	struct config_errors errors;
	struct config *config = NULL;
	char *text, *rest = NULL;
	int err;

	text = size ? strndup((const char *)data + 1, size - 1) : strdup("");
	REQUIRE(text);
	for (char *line = strtok_r(text, "\n", &rest); line && count < MAX_LINES;
	     line = strtok_r(NULL, "\n", &rest)) {
		lines[count] = (struct import_line){.file = count < second ? "b" : NULL,
						    .number = count + 1,
						    .text = line};
		count++;
	}
	err = import_keepalived(lines, count, &host, &result, &fault);
	if (err) {
		REQUIRE(err == -E2BIG && *fault.why);
		REQUIRE(fault.line >= lines && fault.line < lines + count);
		free(text);
		return 0;
	}
	for (unsigned int i = 0; i < result.note_count; i++) {
		const struct import_note *note = &result.notes[i];

		REQUIRE(note->first >= 1 && note->last >= note->first && note->last <= count);
		REQUIRE(*note->reason);
		if (note->file)
			REQUIRE(!strstr(note->text, "secret") && !strstr(note->reason, "secret"));
		for (const char *c = note->text; *c; c++)
			REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f);
	}
	if (result.router_count) {
		if (config_parse("fuzz", result.text, strlen(result.text), &config, &errors)) {
			fprintf(stderr, "%s%s", result.text, errors.text);
			abort();
		}
		REQUIRE(config->router_count == result.router_count);
		fuzz_accepted(config);
		config_free(config);
	}
	import_free(&result);
	free(text);
	return 0;
}
