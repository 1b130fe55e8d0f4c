/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few elements of SVG that a timeline needs. Pure. Coordinates are pixels; a style is one of
 * the classes that svg_begin() defines.
 */
#ifndef CLI_TOOLS_SVG_H
#define CLI_TOOLS_SVG_H

#include <stdio.h>

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

void svg_begin(FILE *out, double width, double height, const char *title);
void svg_end(FILE *out);

void svg_rect(FILE *out, const char *style, double x, double y, double width, double height);
void svg_line(FILE *out, const char *style, double x1, double y1, double x2, double y2);
/* The text may be any: characters that SVG reserves are escaped. */
void svg_text(FILE *out, const char *style, enum svg_anchor anchor, double x, double y,
	      const char *text);

/* Estimate the width of a text in pixels: no less than it takes in any usual font without serifs.
 * size is that of the font in pixels. */
double svg_text_width(const char *text, double size);

#endif
