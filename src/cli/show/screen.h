/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of text with styles, before anything shows it. Pure. What does not fit is cut.
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

/* All blank. -ENOMEM. */
int screen_open(struct screen *ret_screen, unsigned int rows, unsigned int columns);
void screen_close(struct screen *screen);

/* Text in UTF-8 from there on, without line breaks; returns the column behind it. */
unsigned int screen_put(struct screen *screen, unsigned int row, unsigned int column,
			enum screen_style style, const char *text);
unsigned int screen_print(struct screen *screen, unsigned int row, unsigned int column,
			  enum screen_style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

const struct screen_cell *screen_at(const struct screen *screen, unsigned int row,
				    unsigned int column);

#endif
