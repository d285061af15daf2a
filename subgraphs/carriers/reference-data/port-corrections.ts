/** Latitude and longitude in degrees, WGS 84. */
export type LatLong = readonly [latitude: number, longitude: number];

/** What replaces a field of a `sea-ports` entry; a field that is absent stays as the package has it. */
export interface PortCorrection {
  /** The code that UN/LOCODE lists today; the package's own becomes an alias. */
  readonly unlocode?: string;
  readonly countryCode?: string;
  readonly name?: string;
  /** Null: the package names a province of another country, and the right one isn't known. */
  readonly province?: string | null;
  /** `swapped`: the package has latitude and longitude the other way around. */
  readonly position?: LatLong | 'swapped';
  readonly timeZone?: string;
}

/**
 * Corrections to `sea-ports` 0.0.9, by its code. README.md beside this file says how they were found; a test fails
 * for each one that the package no longer needs.
 */
export const PORT_CORRECTIONS: ReadonlyMap<string, PortCorrection> = new Map<string, PortCorrection>([
  // The Netherlands Antilles were dissolved in 2010; Galisbay lies on the French side of Saint Martin.
  ['ANBON', { unlocode: 'BQBON', countryCode: 'BQ', timeZone: 'America/Kralendijk' }],
  ['ANCUR', { unlocode: 'CWCUR', countryCode: 'CW' }],
  [
    'ANEUX',
    {
      unlocode: 'BQEUX',
      countryCode: 'BQ',
      name: 'Sint Eustatius',
      position: [17.48, -62.98],
      timeZone: 'America/Kralendijk',
    },
  ],
  ['ANGSB', { countryCode: 'MF', name: 'Galisbay', position: [18.07, -63.09], timeZone: 'America/Marigot' }],
  ['ANPHI', { unlocode: 'SXPHI', countryCode: 'SX', timeZone: 'America/Lower_Princes' }],
  [
    'ANSXM',
    { unlocode: 'SXSXM', countryCode: 'SX', position: [18.03, -63.05], timeZone: 'America/Lower_Princes' },
  ],
  ['ANWIL', { unlocode: 'CWWIL', countryCode: 'CW' }],

  ['ARDDC', { province: 'Buenos Aires', position: 'swapped', timeZone: 'America/Argentina/Buenos_Aires' }],
  ['ARRIC', { province: 'Tierra del Fuego', timeZone: 'America/Argentina/Ushuaia' }],
  ['AUGOV', { position: [-12.2, 136.69] }],
  ['BHAHD', { position: [26.24, 50.66], timeZone: 'Asia/Bahrain' }],
  ['BMSOU', { province: null, position: [32.25, -64.83], timeZone: 'Atlantic/Bermuda' }],
  ['BOPBU', { timeZone: 'America/La_Paz' }],
  ['BRBEL', { timeZone: 'America/Belem' }],
  ['BRMAO', { timeZone: 'America/Manaus' }],
  ['BRSTM', { timeZone: 'America/Santarem' }],
  ['BRVLC', { timeZone: 'America/Belem' }],
  ['CDBOA', { position: 'swapped', timeZone: 'Africa/Kinshasa' }],
  ['CDMAT', { position: 'swapped', timeZone: 'Africa/Kinshasa' }],
  ['CLCAP', { province: 'Biobío', position: [-36.73, -73.13], timeZone: 'America/Santiago' }],
  ['CLCCL', { province: 'Antofagasta', position: [-23.76, -70.46] }],
  ['CLJRL', { province: 'Biobío', position: 'swapped', timeZone: 'America/Santiago' }],
  ['CLPGO', { position: 'swapped', timeZone: 'America/Santiago' }],
  ['CLPPD', { position: 'swapped', timeZone: 'America/Santiago' }],
  ['CNBHY', { name: 'Beihai', position: [21.48, 109.08] }],
  ['CNDCB', { position: [22.53, 113.87], timeZone: 'Asia/Shanghai' }],
  ['CNFOC', { position: [26.06, 119.31], timeZone: 'Asia/Shanghai' }],
  ['CNJZU', { position: [22.24, 113.59] }],
  ['CNLIH', { position: [22.98, 113.51] }],
  ['CNPUT', { timeZone: 'Asia/Shanghai' }],
  ['CNSTG', { position: [23.34, 116.71], timeZone: 'Asia/Shanghai' }],
  ['CNSWA', { name: 'Shantou', position: [23.35, 116.68] }],
  ['CNYAN', { position: [30.62, 122.06] }],
  ['CNYTN', { position: [22.57, 114.28] }],
  ['CNZHA', { name: 'Zhanjiang', position: [21.17, 110.41] }],
  ['COPBO', { position: [12.24, -71.96] }],
  ['CRPCA', { province: 'Puntarenas', position: [9.91, -84.72] }],
  ['DZAAE', { position: 'swapped', timeZone: 'Africa/Algiers' }],
  ['DZGHA', { timeZone: 'Africa/Algiers' }],
  ['EGALY', { position: [31.19, 29.87] }],
  ['EGEDK', { position: [31.14, 29.81] }],
  ['ESEBO', { province: null, timeZone: 'Europe/Madrid' }],
  ['ESMLN', { timeZone: 'Africa/Ceuta' }],
  ['FRHON', { province: 'Calvados', position: [49.42, 0.24] }],
  ['FRJAV', { province: 'Charente', position: [45.7, -0.38] }],
  ['FRLPE', { timeZone: 'Europe/Paris' }],
  ['GBBAD', { timeZone: 'Europe/London' }],
  ['GBEIL', { province: null, position: [57.52, -5.65], timeZone: 'Europe/London' }],
  ['GBPDD', { position: [51.64, -4.1], timeZone: 'Europe/London' }],
  ['GPGUS', { timeZone: 'America/St_Barthelemy' }],
  ['GRKAP', { province: null, position: [36.14, 23], timeZone: 'Europe/Athens' }],
  ['HNTGU', { position: [14.09, -87.2], timeZone: 'America/Tegucigalpa' }],
  ['HRLST', { province: null, position: [42.76, 16.9], timeZone: 'Europe/Zagreb' }],
  ['IDBPN', { timeZone: 'Asia/Makassar' }],
  ['IDBUR', { province: 'Riau Islands', position: [1.17, 104], timeZone: 'Asia/Jakarta' }],
  ['IDTAB', { timeZone: 'Asia/Makassar' }],
  ['INHYD', { province: 'Telangana', position: [17.38, 78.48] }],
  ['ISESK', { position: 'swapped', timeZone: 'Atlantic/Reykjavik' }],
  ['JPHIS', { position: [33.93, 130.9], timeZone: 'Asia/Tokyo' }],
  ['JPKND', { position: [33.8, 130.99] }],
  ['JPKNU', { position: [34.87, 136.94] }],
  ['JPKZU', { position: [35.38, 139.9] }],
  ['JPMAI', { position: [35.48, 135.38] }],
  ['JPMTR', { position: [33.97, 130.87], timeZone: 'Asia/Tokyo' }],
  ['JPONA', { timeZone: 'Asia/Tokyo' }],
  ['JPSDU', { position: [35.45, 139.97] }],
  ['JPTHS', { position: [34.73, 137.33] }],
  ['JPYWT', { timeZone: 'Asia/Tokyo' }],
  ['LCSLU', { name: 'Saint Lucia', province: null, timeZone: 'America/St_Lucia' }],
  ['MDGIU', { timeZone: 'Europe/Chisinau' }],
  ['MOMFM', { timeZone: 'Asia/Macau' }],
  ['MXACA', { timeZone: 'America/Mexico_City' }],
  ['MXREX', { timeZone: 'America/Matamoros' }],
  ['MXVER', { timeZone: 'America/Mexico_City' }],
  ['PAMIT', { province: 'Colón', position: [9.36, -79.88] }],
  ['PESNX', { province: 'Ica', position: [-15.26, -75.24] }],
  ['PKBQM', { name: 'Karachi-Muhammad Bin Qasim', position: [24.77, 67.33] }],
  ['PTCNL', { timeZone: 'Atlantic/Madeira' }],
  ['PTFNC', { timeZone: 'Atlantic/Madeira' }],
  ['PTHOR', { timeZone: 'Atlantic/Azores' }],
  ['PTPDL', { timeZone: 'Atlantic/Azores' }],
  ['QAMES', { position: [24.98, 51.56], timeZone: 'Asia/Qatar' }],
  ['RELPT', { timeZone: 'Indian/Reunion' }],
  ['REPDG', { position: 'swapped', timeZone: 'Indian/Reunion' }],
  ['RERUN', { province: null }],
  ['RUGDX', { timeZone: 'Asia/Magadan' }],
  ['RUKHO', { timeZone: 'Asia/Sakhalin' }],
  ['RUKOR', { timeZone: 'Asia/Sakhalin' }],
  ['RUVYP', { province: null }],
  ['THBKK', { timeZone: 'Asia/Bangkok' }],
  ['THLKR', { position: [13.72, 100.77], timeZone: 'Asia/Bangkok' }],
  ['THMAT', { province: 'Rayong', position: [12.67, 101.15] }],
  ['THPKN', { province: 'Samut Prakan', position: [13.59, 100.59] }],
  ['THTPT', { position: [13.66, 100.55], timeZone: 'Asia/Bangkok' }],
  ['TNJAR', { position: [33.5, 11.1], timeZone: 'Africa/Tunis' }],
  ['TRAMB', { province: 'Istanbul', position: [40.97, 28.69] }],
  ['TWMLI', { position: [23.79, 120.17] }],
  ['TWTPE', { position: [25.16, 121.37], timeZone: 'Asia/Taipei' }],
  ['USBHM', { position: [33.52, -86.8], timeZone: 'America/Chicago' }],
  ['USCBF', { position: [41.26, -95.86], timeZone: 'America/Chicago' }],
  ['USCPF', { position: [44.94, -91.39], timeZone: 'America/Chicago' }],
  ['USDET', { timeZone: 'America/Detroit' }],
  ['USGBO', { position: [36.07, -79.79], timeZone: 'America/New_York' }],
  ['USGSP', { position: [34.94, -82.23], timeZone: 'America/New_York' }],
  ['USJOT', { position: [41.53, -88.08], timeZone: 'America/Chicago' }],
  ['USOAK', { timeZone: 'America/Los_Angeles' }],
  ['USPCV', { position: [28.41, -80.61] }],
  ['USRNO', { position: [39.53, -119.81], timeZone: 'America/Los_Angeles' }],
  ['USSAT', { position: [29.42, -98.49], timeZone: 'America/Chicago' }],
  ['USSXT', { position: [31.86, -106.64], timeZone: 'America/Denver' }],
  ['UYCYR', { province: 'Colonia', position: [-34.47, -57.85] }],
  ['VEGUB', { position: 'swapped', timeZone: 'America/Caracas' }],
  ['VEPSU', { province: 'Sucre', position: [10.46, -64.19] }],
]);

/** Zones that the package gives to a whole province, but wrongly; by country code and province. */
export const PROVINCE_TIME_ZONES: ReadonlyMap<string, string> = new Map([
  ['AR Buenos Aires', 'America/Argentina/Buenos_Aires'],
  ['AR Ciudad Autónoma de Buenos Aires', 'America/Argentina/Buenos_Aires'],
  ['AR Chubut', 'America/Argentina/Catamarca'],
  ['AR La Pampa', 'America/Argentina/Salta'],
  ['AR Río Negro', 'America/Argentina/Salta'],
  ['AR Santa Cruz', 'America/Argentina/Rio_Gallegos'],
  ['AR Tierra del Fuego', 'America/Argentina/Ushuaia'],
  ['AU Tasmania', 'Australia/Hobart'],
  ['AU Victoria', 'Australia/Melbourne'],
  ['CL Magallanes', 'America/Punta_Arenas'],
]);

/** Names that the IANA time zone database keeps only for old data, and today's. */
export const RENAMED_TIME_ZONES: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
]);
