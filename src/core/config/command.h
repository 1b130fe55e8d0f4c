/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command: a program and its arguments, as a value of the configuration. Either one word, which
 * is the path, or a line in double quotes ("/usr/bin/curl -fsS 'http://[::1]/a b'"). In the quotes,
 * \" and \\ stand for " and \. The line is then split as a shell splits it: words are separated by
 * blanks; '...', "..." and \ keep what they hold together. There is no shell: no variables, no
 * patterns, no redirection.
 *
 * In memory, a command is an array of words that ends with NULL, in one allocation: free() it.
 */
#ifndef CORE_CONFIG_COMMAND_H
#define CORE_CONFIG_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#define COMMAND_WORDS 64   /* at most, with the program */
#define COMMAND_BYTES 1024 /* at most, of the text */

/* Read the command at *cursor, behind blanks, and move *cursor behind it. Returns NULL and
 * *ret_command, which is NULL if there is no memory; or the reason why it is refused, in the form
 * of config_text.h. */
const char *command_read(const char **cursor, char ***ret_command);

/* Make a command of words. Returns NULL if there is no memory. */
char **command_of(const char *const *words, unsigned int count);

/* Print it so that command_read() reads the same again. A path that holds a blank or a quote is
 * printed in quotes, too. */
void command_print(FILE *out, char *const *command);

/* Where a value is quoted, blanks and semicolons in it are its own. Returns the end of the quoted
 * part that begins at text, behind its closing quote, or text itself if there is none. */
const char *command_quoted_end(const char *text);

#endif
