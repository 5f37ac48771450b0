/* Stands where .NET Framework's C# compiler is, for wine has none: writes its
 * arguments into the file that /out: names, and fails when a source holds "#error". */
#include <stdio.h>
#include <string.h>

static int has_error(const char *path)
{
    char text[4096] = "";
    FILE *source = fopen(path, "rb");
    if (source) {
        fread(text, 1, sizeof text - 1, source);
        fclose(source);
    }
    return strstr(text, "#error") != NULL;
}

int main(int count, char **arguments)
{
    const char *output = NULL;
    for (int i = 1; i < count; i++) {
        if (strncmp(arguments[i], "/out:", 5) == 0)
            output = arguments[i] + 5;
        else if (arguments[i][0] != '/' && has_error(arguments[i])) {
            printf("%s(1,8): error CS1029: #error\n", arguments[i]);
            return 1;
        }
    }
    FILE *assembly = output ? fopen(output, "wb") : NULL;
    if (!assembly)
        return 2;
    for (int i = 1; i < count; i++)
        fprintf(assembly, "%s\n", arguments[i]);
    return fclose(assembly) == 0 ? 0 : 2;
}
