/* Holds a file open without sharing, as a program that is still running does:
 *   hold_file FILE RELEASE
 * until the file RELEASE appears (or five minutes have passed). */
#include <stdio.h>
#include <windows.h>

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    HANDLE file = CreateFileA(arguments[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 1;
    puts("held");
    fflush(stdout);
    for (int tick = 0; tick < 3000 && GetFileAttributesA(arguments[2]) == INVALID_FILE_ATTRIBUTES; tick++)
        Sleep(100);
    return 0;
}
