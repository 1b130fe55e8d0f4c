/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of text with styles, before it is shown. Pure. What does not fit is cut off.
 */
#ifndef CLI_SHOW_SCREEN_H
#define CLI_SHOW_SCREEN_H

#include <stdbool.h>

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_TITLE, /* of a section or column */
	SCREEN_DIM,
	SCREEN_GOOD,
	SCREEN_WARN,
	SCREEN_BAD,
	SCREEN_STYLES
};

/* One character in UTF-8, one column wide. */
struct screen_cell {
	char text[5];
	unsigned char style; /* enum screen_style */
};

struct screen {
	unsigned int rows, columns;
	struct screen_cell *cells; /* rows * columns */
};

/* Make a blank page. Returns 0 or -ENOMEM. */
int screen_open(struct screen *ret_screen, unsigned int rows, unsigned int columns);
void screen_close(struct screen *screen);

/* Put text in UTF-8, without line breaks, at this row and column. Returns the column behind it. */
unsigned int screen_put(struct screen *screen, unsigned int row, unsigned int column,
			enum screen_style style, const char *text);
unsigned int screen_print(struct screen *screen, unsigned int row, unsigned int column,
			  enum screen_style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

const struct screen_cell *screen_at(const struct screen *screen, unsigned int row,
				    unsigned int column);

#endif
