/* What somebody has put beside Setup under the name of one of Windows' own programs: leaves a file "planted-ran" beside
 * itself. */
#include <windows.h>

int main(void)
{
    char path[MAX_PATH];
    DWORD length = GetModuleFileNameA(NULL, path, sizeof path - 16);
    while (length > 0 && path[length - 1] != '\\')
        length--;
    lstrcpyA(path + length, "planted-ran");
    HANDLE mark = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    return mark == INVALID_HANDLE_VALUE || !CloseHandle(mark);
}
