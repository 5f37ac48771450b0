/* A service that does nothing: the Recording Server's stand-in for the wine tests.
 * It stops when it is asked to; with a file "hang" beside it, it ignores the request. */
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, SERVICE_RUNNING, SERVICE_ACCEPT_STOP, 0, 0, 0, 0};
static HANDLE stopped;

static BOOL hangs(void)
{
    char path[MAX_PATH];
    DWORD length = GetModuleFileNameA(NULL, path, sizeof path);
    while (length > 0 && path[length - 1] != '\\')
        length--;
    lstrcpyA(path + length, "hang");
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static DWORD WINAPI control(DWORD code, DWORD event, void *data, void *context)
{
    (void)event, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP) {
        status.dwCurrentState = SERVICE_STOP_PENDING;
        SetServiceStatus(handle, &status);
        if (!hangs())
            SetEvent(stopped);
    }
    return NO_ERROR;
}

static void WINAPI service_main(DWORD count, char **arguments)
{
    (void)count, (void)arguments;
    stopped = CreateEventA(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExA("", control, NULL);
    SetServiceStatus(handle, &status);
    WaitForSingleObject(stopped, INFINITE);
    status.dwCurrentState = SERVICE_STOPPED;
    SetServiceStatus(handle, &status);
}

int main(void)
{
    SERVICE_TABLE_ENTRYA table[] = {{"", service_main}, {NULL, NULL}};
    return StartServiceCtrlDispatcherA(table) ? 0 : 1;
}
