/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements of SVG. Self-contained: no font, script or picture from elsewhere.
 */
#include "cli/tools/svg.h"

static void escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* Control characters are not allowed at all. */
			fputc((unsigned char)*text < ' ' ? '?' : *text, out);
		}
	}
}

void svg_begin(FILE *out, double width, double height, const char *title)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
		width, height, width, height);
	escaped(out, title);
	fputs("</title>\n"
	      "<style>\n"
	      "text { font-family: 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; "
	      "font-size: 13px; fill: #1f2933; }\n"
	      ".title { font-size: 22px; font-weight: bold; }\n"
	      ".number { font-size: 19px; font-weight: bold; }\n"
	      ".head { font-weight: bold; }\n"
	      ".muted { font-size: 12px; fill: #5f6b7a; }\n"
	      ".lane { font-size: 12px; font-weight: bold; fill: #ffffff; }\n"
	      ".paper { fill: #ffffff; }\n"
	      ".tile { fill: #f3f5f7; }\n"
	      ".chosen { fill: #fff4d6; }\n"
	      ".zoom { fill: #f7d774; }\n"
	      ".grid { stroke: #d7dce2; stroke-width: 1; }\n"
	      ".mark { stroke: #1f2933; stroke-width: 1.5; }\n"
	      ".init { fill: #8a939e; }\n"
	      ".backup { fill: #4a6fa5; }\n"
	      ".master { fill: #2b8a57; }\n"
	      ".fault { fill: #b83a32; }\n"
	      "</style>\n",
	      out);
	svg_rect(out, "paper", 0, 0, width, height);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void svg_rect(FILE *out, const char *style, double x, double y, double width, double height)
{
	fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		style, x, y, width, height);
}

void svg_line(FILE *out, const char *style, double x1, double y1, double x2, double y2)
{
	fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		style, x1, y1, x2, y2);
}

void svg_text(FILE *out, const char *style, enum svg_anchor anchor, double x, double y,
	      const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};

	fprintf(out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", style,
		anchors[anchor], x, y);
	escaped(out, text);
	fputs("</text>\n", out);
}

double svg_text_width(const char *text, double size)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80; /* characters, not bytes */
	return count * size * 0.66;
}
