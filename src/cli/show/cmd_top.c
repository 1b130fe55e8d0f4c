/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top: what status shows, as it changes. Knows the terminal; cli/show/top.h what is on it.
 */
/* Functions only: a macro would name the library's own variables. */
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <dlfcn.h>
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/loop.h"
#include "cli/cli.h"
#include "cli/show/look.h"
#include "cli/show/top.h"
#include "sys/bpf/view.h"
#include "sys/host/log.h"

#define DEFAULT_MS 500
#define LIBRARY    "libncursesw.so.6"

/* What is used of the library. It is opened by name, since no other command needs it: an agent
 * would keep 240 KB of it in memory. */
#define FUNCTIONS(X)          \
	X(newterm)            \
	X(set_term)           \
	X(cbreak)             \
	X(noecho)             \
	X(newwin)             \
	X(getmaxx)            \
	X(getmaxy)            \
	X(resizeterm)         \
	X(keypad)             \
	X(nodelay)            \
	X(curs_set)           \
	X(has_colors)         \
	X(start_color)        \
	X(use_default_colors) \
	X(init_pair)          \
	X(COLOR_PAIR)         \
	X(werase)             \
	X(wmove)              \
	X(wattrset)           \
	X(waddnstr)           \
	X(wrefresh)           \
	X(wgetch)             \
	X(endwin)             \
	X(delscreen)

static struct {
#define X(function) __typeof__(&function) function;
	FUNCTIONS(X)
#undef X
} curses;

struct display {
	const struct cli *cli;
	struct view *view; /* NULL: nothing is attached */
	struct top top;
	struct top_view shown;
	unsigned int furthest; /* that one can scroll */
	bool colours;
	WINDOW *window; /* the whole terminal */
	char host[HOST_NAME_MAX + 1];
};

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

/* ---- the terminal ---- */

static attr_t attribute(const struct display *display, enum screen_style style)
{
	static const attr_t plain[SCREEN_STYLES] = {
		[SCREEN_TITLE] = A_BOLD,
		[SCREEN_DIM] = A_DIM,
		[SCREEN_WARN] = A_BOLD,
		[SCREEN_BAD] = A_REVERSE,
	};

	if (!display->colours || style == SCREEN_PLAIN || style == SCREEN_TITLE ||
	    style == SCREEN_DIM)
		return plain[style];
	return (attr_t)curses.COLOR_PAIR(style) | (style == SCREEN_BAD ? A_BOLD : A_NORMAL);
}

static bool open_library(void)
{
	static const struct {
		const char *name;
		void *place;
	} symbols[] = {
#define X(function) {#function, &curses.function},
		FUNCTIONS(X)
#undef X
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *symbol;

	for (size_t i = 0; library && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(library, symbols[i].name);
		if (!symbol)
			library = NULL;
		memcpy(symbols[i].place, &symbol, sizeof(symbol));
	}
	if (!library)
		log_err("top needs " LIBRARY ", which cannot be used: %s", dlerror());
	return library;
}

/* NO_COLOR: https://no-color.org */
static bool open_colours(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !curses.has_colors() || curses.start_color() == ERR)
		return false;
	curses.use_default_colors();
	curses.init_pair(SCREEN_GOOD, COLOR_GREEN, -1);
	curses.init_pair(SCREEN_WARN, COLOR_YELLOW, -1);
	curses.init_pair(SCREEN_BAD, COLOR_RED, -1);
	return true;
}

static SCREEN *open_terminal(struct display *display)
{
	const char *kind = getenv("TERM");
	SCREEN *terminal = curses.newterm(NULL, stdout, stdin);

	if (!terminal) {
		log_err("unknown terminal type: %s (TERM)", kind ? kind : "none");
		return NULL;
	}
	curses.set_term(terminal);
	curses.cbreak();
	curses.noecho();
	display->window = curses.newwin(0, 0, 0, 0);
	curses.keypad(display->window, TRUE);
	curses.nodelay(display->window, TRUE);
	curses.curs_set(0);
	display->colours = open_colours();
	return terminal;
}

/* ncurses of Debian 13 does not tell of another size by itself. */
static void follow_size(const struct display *display)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col &&
	    (size.ws_row != curses.getmaxy(display->window) ||
	     size.ws_col != curses.getmaxx(display->window)))
		curses.resizeterm(size.ws_row, size.ws_col);
}

static void show(struct display *display)
{
	struct screen screen;

	follow_size(display);
	if (screen_open(&screen, (unsigned int)curses.getmaxy(display->window),
			(unsigned int)curses.getmaxx(display->window)))
		return;
	display->furthest = top_render(&display->top, &display->shown, &screen);
	if (display->shown.scroll > display->furthest)
		display->shown.scroll = display->furthest;
	curses.werase(display->window);
	for (unsigned int row = 0; row < screen.rows; row++) {
		curses.wmove(display->window, (int)row, 0);
		for (unsigned int column = 0; column < screen.columns; column++) {
			const struct screen_cell *cell = screen_at(&screen, row, column);

			curses.wattrset(display->window,
					(int)attribute(display, (enum screen_style)cell->style));
			curses.waddnstr(display->window, cell->text, -1);
		}
	}
	curses.wrefresh(display->window);
	screen_close(&screen);
}

/* ---- what is shown ---- */

/* The maps may go and come while one looks. */
static int look(struct display *display)
{
	struct snapshot_request request = look_request(display->cli);
	struct snapshot snapshot;
	int err;

	if (display->view && !view_current(display->view)) {
		view_close(display->view);
		display->view = NULL;
	}
	if (!display->view)
		view_open(display->cli->bpffs, display->cli->run_dir, &display->view);
	err = snapshot_take(&request, display->view, &snapshot);
	if (!err)
		err = top_update(&display->top, &snapshot);
	snapshot_free(&snapshot);
	return err;
}

static void scroll_by(struct display *display, int lines)
{
	unsigned int scroll = display->shown.scroll;

	if (lines < 0)
		scroll -= scroll < (unsigned int)-lines ? scroll : (unsigned int)-lines;
	else
		scroll += (unsigned int)lines;
	display->shown.scroll = scroll < display->furthest ? scroll : display->furthest;
}

/* false: the end. */
static bool on_key(struct display *display, int key)
{
	int lines = curses.getmaxy(display->window), page = lines > 8 ? lines - 8 : 1;

	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case KEY_UP:
	case 'k':
		scroll_by(display, -1);
		break;
	case KEY_DOWN:
	case 'j':
		scroll_by(display, 1);
		break;
	case KEY_PPAGE:
		scroll_by(display, -page);
		break;
	case KEY_NPAGE:
	case ' ':
		scroll_by(display, page);
		break;
	case KEY_HOME:
		display->shown.scroll = 0;
		break;
	case KEY_END:
		display->shown.scroll = display->furthest;
		break;
	default: /* KEY_RESIZE, too: show() looks at the size by itself */
		break;
	}
	return true;
}

/* Whatever keys there are by then. false: the end, or the terminal is gone. */
static bool wait_keys(struct display *display, int64_t ns)
{
	struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};
	int key;

	/* A resize may end it early. */
	if (poll(&pfd, 1, (int)(ns / 1000000)) > 0 && !(pfd.revents & POLLIN))
		return false;
	while ((key = curses.wgetch(display->window)) != ERR) {
		if (!on_key(display, key))
			return false;
	}
	return !ended;
}

static int follow(struct display *display, int pause_ms)
{
	struct monotime next = loop_now();
	int64_t left;

	do {
		left = monotime_diff(next, loop_now());
		if (left <= 0) {
			int err = look(display);

			if (err)
				return err;
			left = pause_ms * 1000000LL;
			next = monotime_add(loop_now(), left);
		}
		show(display);
	} while (wait_keys(display, left));
	return 0;
}

/* "0.5" -> 500; -EINVAL: it is none of 0.1 to 60. */
static int pause_of(const char *text, int *ret_ms)
{
	char *end;
	double seconds = text ? strtod(text, &end) : 0;

	if (!text || end == text || *end || !(seconds >= 0.1 && seconds <= 60))
		return -EINVAL;
	*ret_ms = (int)(seconds * 1000);
	return 0;
}

static int run_top(const struct cli *cli, int argc, char **argv)
{
	struct display display = {.cli = cli, .shown.host = display.host};
	struct sigaction action = {.sa_handler = on_end};
	int pause_ms = DEFAULT_MS, err;
	SCREEN *terminal;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-d"))
			return cli_usage(&cmd_top,
					 argv[i][0] == '-' ? "unknown option '%s'"
							   : "unexpected argument '%s'",
					 argv[i]);
		if (pause_of(argv[++i], &pause_ms))
			return cli_usage(&cmd_top, "-d takes 0.1 to 60 seconds");
	}
	if (cli->json)
		return cli_usage(&cmd_top,
				 "there is no --json here; use status --json or monitor --json");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		log_err("top needs a terminal; use vrrp-xdp status or monitor without one");
		return CLI_FAILED;
	}
	/* What cannot be read is said before the terminal is another page. */
	if (!open_library() || look_open(cli, &display.view))
		return CLI_FAILED;
	setlocale(LC_CTYPE, "");
	display.shown.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	gethostname(display.host, HOST_NAME_MAX);
	terminal = open_terminal(&display);
	if (!terminal) {
		view_close(display.view);
		return CLI_FAILED;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	err = follow(&display, pause_ms);
	curses.endwin();
	curses.delscreen(terminal);
	top_close(&display.top);
	view_close(display.view);
	if (err)
		log_err("top: %s", strerror(-err));
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_command cmd_top = {
	.name = "top",
	.arguments = "[-d SECONDS]",
	.summary = "show the state as a live view",
	.details =
		"  -d SECONDS   time between two updates, 0.1 to 60 (default: 0.5)\n"
		"\n"
		"For each heartbeat interface it shows the age of the last advert and a graph of\n"
		"the gaps between adverts. The newest gap is on the right; the full height is\n"
		"three intervals. q quits; the arrow and page keys scroll. The view has colours\n"
		"unless NO_COLOR is set.\n"
		"\n"
		"example:\n"
		"  vrrp-xdp top -d 0.2\n",
	.run = run_top,
};
