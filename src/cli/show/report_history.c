/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `history` as a table and as JSON.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/show/format.h"
#include "cli/show/report.h"
#include "core/address.h"
#include "core/names.h"

/* What a takeover was made of: the deadline is its zero. */
static void print_stamps(const struct history_record *record, FILE *out)
{
	char text[FORMAT_TEXT], peer[ADDRESS_TEXT];

	fprintf(out, "    ");
	if (record->wire_ns && record->peer_family)
		fprintf(out, "%s silent %s; ",
			address_format(record->peer_family, &record->peer, peer),
			format_span(record->deadline_ns - record->wire_ns, text));
	fprintf(out, "promoted +%s", format_span(record->at_ns - record->deadline_ns, text));
	if (record->announced_ns)
		fprintf(out, ", announced +%s",
			format_span(record->announced_ns - record->deadline_ns, text));
	fprintf(out, "\n");
}

static void print_record(const struct history_record *record, unsigned int number,
			 unsigned int width, FILE *out)
{
	bool by_peer = record->cause == VRRP_CAUSE_HIGHER_PRIORITY ||
		       record->cause == VRRP_CAUSE_HIGHER_ADDRESS ||
		       record->cause == VRRP_CAUSE_HANDED_OVER;
	char when[FORMAT_TEXT], peer[ADDRESS_TEXT];

	fprintf(out, "%3u %s  %-*s %6s -> %-6s  %s\n", number, format_date(record->at_ns, 3, when),
		(int)width, record->name, name_state(record->from), name_state(record->to),
		name_cause(record->cause));
	if (record->deadline_ns)
		print_stamps(record, out);
	else if (by_peer && record->peer_family)
		fprintf(out, "    %s %s (%u)\n",
			record->cause == VRRP_CAUSE_HANDED_OVER ? "to" : "from",
			address_format(record->peer_family, &record->peer, peer),
			record->peer_priority);
}

void report_history(const struct history_record *const *records, unsigned int count, FILE *out)
{
	unsigned int width = 6;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int length = (unsigned int)strlen(records[i]->name);

		width = length > width ? length : width;
	}
	if (count)
		fprintf(out, "%3s %-23s  %-*s %-16s  %s\n", "#", "WHEN", (int)width, "ROUTER",
			"CHANGE", "CAUSE");
	for (unsigned int i = 0; i < count; i++)
		print_record(records[i], i + 1, width, out);
}

static struct json_object *record_json(const struct history_record *record)
{
	struct json_object *object = json_object_new_object(), *peer = NULL;

	report_add_text(object, "name", record->name);
	report_add_time(object, "time", record->at_ns);
	report_add_text(object, "from", name_state(record->from));
	report_add_text(object, "to", name_state(record->to));
	report_add_text(object, "cause", name_cause(record->cause));
	report_add_time(object, "wire", record->wire_ns);
	report_add_time(object, "deadline", record->deadline_ns);
	report_add_time(object, "promoted", record->to == VRRP_STATE_MASTER ? record->at_ns : 0);
	report_add_time(object, "announced", record->announced_ns);
	if (record->peer_family) {
		peer = json_object_new_object();
		report_add_address(peer, "address", record->peer_family, &record->peer);
		report_add_number(peer, "priority", record->peer_priority);
	}
	json_object_object_add(object, "peer", peer);
	return object;
}

struct json_object *report_history_json(const struct history_record *const *records,
					unsigned int count)
{
	struct json_object *object = json_object_new_object(), *array = json_object_new_array();

	report_add_number(object, "schema", 1);
	for (unsigned int i = 0; i < count; i++)
		json_object_array_add(array, record_json(records[i]));
	json_object_object_add(object, "transitions", array);
	return object;
}
