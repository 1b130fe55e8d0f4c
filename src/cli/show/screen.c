/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of text with styles.
 */
#include "cli/show/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int screen_open(struct screen *ret_screen, unsigned int rows, unsigned int columns)
{
	size_t count = (size_t)rows * columns;
	struct screen screen = {rows, columns, calloc(count ? count : 1, sizeof(*screen.cells))};

	if (!screen.cells)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		screen.cells[i].text[0] = ' ';
	*ret_screen = screen;
	return 0;
}

void screen_close(struct screen *screen)
{
	free(screen->cells);
	*screen = (struct screen){0};
}

static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

unsigned int screen_put(struct screen *screen, unsigned int row, unsigned int column,
			enum screen_style style, const char *text)
{
	while (*text) {
		size_t length = 1;

		while (length < 4 && continues(text[length]))
			length++;
		if (row < screen->rows && column < screen->columns) {
			struct screen_cell *cell = &screen->cells[row * screen->columns + column];

			*cell = (struct screen_cell){.style = (unsigned char)style};
			memcpy(cell->text, text, length);
			if ((unsigned char)*text < ' ' || *text == 0x7f)
				cell->text[0] = '?';
		}
		column++;
		text += length;
	}
	return column;
}

unsigned int screen_print(struct screen *screen, unsigned int row, unsigned int column,
			  enum screen_style style, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return screen_put(screen, row, column, style, text);
}

const struct screen_cell *screen_at(const struct screen *screen, unsigned int row,
				    unsigned int column)
{
	return &screen->cells[row * screen->columns + column];
}
